# 로그인
sign-in-title = 로그인
sign-in-email = 이메일
sign-in-password = 비밀번호
sign-in-code = 인증 번호
sign-in-code-hint = 2단계 인증을 쓰는 분만 적어 주세요. 인증 앱의 여섯 자리 번호나 복구 코드입니다.
sign-in-do = 로그인
sign-in-forgotten = 비밀번호를 잊었습니다
sign-in-elsewhere = 다른 계정으로 로그인
sign-in-new = 처음 오셨나요
sign-in-new-lead = 세포주를 찾고 이용 조건을 확인하는 데에는 계정이 필요 없습니다. 분양을 신청할 때 필요합니다.
sign-in-register = 회원 가입
sign-in-again-title = 다시 로그인되었습니다
sign-in-again-lead = 적으신 내용은 그대로 남아 있습니다. 확인하고 보내 주세요.
sign-in-documented = 시연용 계정
sign-in-documented-lead = 누구나 쓸 수 있는 지어낸 계정입니다. 역할을 누르면 그 사람으로 로그인합니다.
