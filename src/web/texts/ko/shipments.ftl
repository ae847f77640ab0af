# 수령 확인
shipments-title = { $number } 수령 확인
shipments-receipt = 수령 확인
shipments-lead = 모두 좋은 상태로 도착했으면 바로 확인을 누르세요. 문제가 있는 바이알만 상태를 바꿔 주세요.
shipments-none = 지금 배송 중인 발송이 없습니다
shipments-none-lead = 이미 확인했거나 아직 보내지 않았습니다.
shipments-sent = { $day } 발송
shipments-vials = { $count }바이알
shipments-caption = 바이알마다의 상태
shipments-vial = 바이알
shipments-line = 세포주
shipments-condition = 상태
shipments-condition-of = { $vial } 상태
shipments-confirm = 수령을 확인합니다
shipments-later = 나중에
